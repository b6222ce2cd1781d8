"""E-mail to a relay by SMTP: where it is, what is said, what its replies mean, who carries what."""
