"""Mobile push by Firebase Cloud Messaging, HTTP v1."""
