// Only in builds with a sanitizer: what it may not do in a room, or cannot see. Nothing of this is in a room that ships.
#if defined(__SANITIZE_ADDRESS__)

// The leak check at the program's end stops all threads by ptrace, which the room's own system call filter refuses (and the
// environment, which could switch it off, is measured and empty). The room's tests check for leaks.
extern "C" int __lsan_is_turned_off() { return 1; }

// Attacks load a library of theirs before all others, the sanitizer's too.
extern "C" const char* __asan_default_options() { return "verify_asan_link_order=0"; }

#endif

#if defined(__SANITIZE_THREAD__)

// DuckDB's library is its publisher's, not instrumented: how its threads wait for each other is not seen, and a shared
// pointer's count in our copy of an inline function looks like a race. Races of ours alone are reported.
extern "C" const char* __tsan_default_suppressions() { return "race:libduckdb.so\n"; }

#endif
