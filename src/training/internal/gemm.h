// Matrix products in single precision, on oneDNN.
#pragma once

#include <cstddef>

namespace cloister::training::internal {

enum class Turn : bool { kNo = false, kYes = true };

// c = a · b, or c += a · b where `add`. All row-major and without gaps: op(a) is m × k, op(b) is k × n, c is m × n, where op
// turns (transposes) its matrix if asked. Tiny products run in a plain loop.
void Multiply(Turn turn_a, Turn turn_b, std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b, bool add,
              float* c);

// How many threads products of the calling thread may use; 1 unless set.
void SetThreads(int count);

}  // namespace cloister::training::internal
