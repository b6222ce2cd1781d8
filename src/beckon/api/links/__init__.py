"""What the links in messages lead to: opening, clicking, unsubscribing, choosing, confirming."""
