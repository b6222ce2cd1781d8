"""The tracking calls that Segment's and RudderStack's SDKs make, in their words."""
