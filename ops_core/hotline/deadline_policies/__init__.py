"""Working days that units have to sign for and to handle orders: versions both sides agree to."""
