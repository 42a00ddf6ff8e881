// The arithmetic of Gaussian noise, for each vector path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/cpu.h"

namespace cloister::privacy::internal {

// Numbers are made in pieces: 64 words for radii, then 64 for angles, become 64 numbers by cosine, then 64 by sine.
constexpr std::size_t kPairs = 64;
constexpr std::size_t kPiece = 2 * kPairs;

// Turns pieces * kPiece random words into as many independent standard normal numbers. The same to rounding (2e-14) on each path.
void BoxMuller(VectorPath path, const std::uint64_t* bits, double* out, std::size_t pieces);

// values[i] := (values[i] + deviation * noise[i]) rounded to a multiple of `grid`, a power of two.
void AddAndRound(VectorPath path, const double* noise, double deviation, double grid, double* values, std::size_t count);

#if defined(__x86_64__)
void BoxMuller512(const std::uint64_t* bits, double* out, std::size_t pieces);
void AddAndRound512(const double* noise, double deviation, double grid, double* values, std::size_t count);
#endif

}  // namespace cloister::privacy::internal
