//! Empty: Cloister calls AWS-LC from C++ (src/crypto/internal/aws_lc.cc).
