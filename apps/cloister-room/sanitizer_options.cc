// Only in builds with AddressSanitizer: what it may not do in a room. Nothing of this is in a room that ships.
#if defined(__SANITIZE_ADDRESS__)

// The leak check at the program's end stops all threads by ptrace, which the room's own system call filter refuses (and the
// environment, which could switch it off, is measured and empty). The room's tests check for leaks.
extern "C" int __lsan_is_turned_off() { return 1; }

// Attacks load a library of theirs before all others, the sanitizer's too.
extern "C" const char* __asan_default_options() { return "verify_asan_link_order=0"; }

#endif
