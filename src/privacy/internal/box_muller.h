// The arithmetic of GaussianNoise, in a form that compilers vectorise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cloister::privacy::internal {

// Turns 2 * pairs random words into 2 * pairs independent standard normal numbers. Same result to rounding on every CPU.
void BoxMuller(const std::uint64_t* bits, double* out, std::size_t pairs);

// values[i] := (values[i] + deviation * noise[i]) rounded to a multiple of `grid`, a power of two.
void AddAndRound(const double* noise, double deviation, double grid, double* values, std::size_t count);

}  // namespace cloister::privacy::internal
