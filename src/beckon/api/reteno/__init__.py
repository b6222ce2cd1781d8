"""The Reteno vocabulary: contacts, events with parameters, single messages and their status."""
