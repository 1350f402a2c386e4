"""What was asked and what came in: files to respondents."""
