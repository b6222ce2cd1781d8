"""Journeys in Chromium. A package, so that its browser and its demo shop end with it."""
