"""The Retenshun vocabulary: users, events, automations, templates, messages."""
