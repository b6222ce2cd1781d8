"""Viber by Infobip's Business Messages API."""
