"""What the trial is: variables, visits, arms, endpoint, as data from a TOML file."""
