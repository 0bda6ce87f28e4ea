"""`foundation docs`: what the documents show and that follows from the code: the picture and the list of error codes."""
