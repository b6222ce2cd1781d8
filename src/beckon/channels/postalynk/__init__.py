"""E-mail by Postalynk's API."""
