"""The providers a project sends through: their settings, sealed secrets, order and faults."""
