"""What people see of a run: the HTML report, JSON, JUnit XML, the pull-request comment, and runs side by side."""
