"""Release notes and the responsible-AI dossier: what is released, and what is known of it."""
