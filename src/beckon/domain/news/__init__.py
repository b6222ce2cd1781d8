"""What people read inside an app: a project's news for everybody, and an inbox for each."""
