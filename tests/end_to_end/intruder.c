// A library that somebody slips into the room; it does nothing, and must still be noticed.
int cloister_intruder(void) { return 0; }
