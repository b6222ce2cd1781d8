"""SMS by Twilio's Messages API."""
