"""How deployed Python functions run: the bootstrap inside their process, and its side in ministack."""
