"""Every schema there has been, one step after another; forwards only."""
