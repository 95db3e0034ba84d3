"""What `scheduler.plan` is made of: slots, back-offs, numbers by which sources differ. Imports the crawler only."""
