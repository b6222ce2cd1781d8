"""Counts over everything: activity, people, funnels, cohorts, outcomes, asked of analytics."""
