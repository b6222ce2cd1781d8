"""Push to browsers, straight to their makers' push services."""
