"""The in-app inbox that Beckon itself serves."""
