"""Who is at which seat: people sign in there, so that an extension of a log means a person."""
