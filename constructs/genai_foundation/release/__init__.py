"""The release pipeline: what is released, who decides, and the roles by which it reaches the accounts (ACC-2 to ACC-4)."""
