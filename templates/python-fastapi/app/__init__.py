"""The service: `main` has the routes, `notes` what is stored, `database` the way there."""
