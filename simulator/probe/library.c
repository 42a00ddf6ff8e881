/* A shared library for the probe to depend on. */
int probe_library_answer(void) { return 42; }
