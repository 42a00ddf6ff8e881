// Kernels of each path, their self-check, and the threads that run them.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "training/internal/backprop.h"
#include "training/internal/pool.h"
#include "training/internal/self_check.h"

namespace cloister::training::internal {
namespace {

std::vector<VectorPath> Paths() {
  std::vector<VectorPath> paths;
  for (const VectorPath path : {VectorPath::kPortable, VectorPath::kAvx2, VectorPath::kAvx512}) {
    if (Supports(path)) paths.push_back(path);
  }
  return paths;
}

TEST(SelfCheck, AcceptsEachPathOfThisMachineInLessThanTwoMilliseconds) {
  for (const VectorPath path : Paths()) {
    const Kernels& kernels = KernelsFor(path);
    EXPECT_EQ(kernels.path, path);
    double best = 1;
    for (int i = 0; i < 20; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const auto checked = CheckKernels(kernels);
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
      EXPECT_TRUE(checked) << checked.error().ToText();
    }
    EXPECT_LT(best, 2e-3) << Name(path);
  }
}

// A kernel that is wrong in any way must stop training: each member in turn does nothing, then only nearly the right thing.
TEST(SelfCheck, RefusesAKernelThatIsWrong) {
  const Kernels& good = PortableKernels();
  std::vector<Kernels> bad(16, good);
  bad[0].multiply = [](const RowProduct&) {};
  bad[1].multiply_turned = [](const float*, const float*, std::size_t, std::size_t, float* tile) {
    std::fill_n(tile, kTile * kPanel, 0.0F);
  };
  bad[2].add_tile = [](const float*, std::size_t, std::size_t, bool, double* sums, std::size_t) { sums[0] = 0; };
  bad[3].add_columns = [](const float*, std::size_t, std::size_t, double, bool, double* sums) { sums[0] = 0; };
  bad[4].add_squared_norms = [](const float*, std::size_t, std::size_t, std::size_t, double*) {};
  bad[5].scale_rows = [](float*, std::size_t, std::size_t, std::size_t, const float*) {};
  bad[6].scale_input = [](const float*, const float*, const float*, const float*, const float*, std::size_t count, float* out) {
    std::fill_n(out, count, 0.0F);
  };
  bad[7].softmax = [](const float*, std::size_t, std::size_t, std::size_t, float*) {};
  bad[8].sigmoid = [](const float*, std::size_t, std::size_t, std::size_t, float*) {};
  bad[9].pack = [](const float*, std::size_t, std::size_t, std::size_t, float*, float*) {};
  bad[10].update = [](const double*, std::size_t, float, float, float, float*, float*) {};
  // One row too few, a norm without its last column, a sum that forgets what was there.
  bad[11].multiply_turned = [](const float* a, const float* b, std::size_t rows, std::size_t columns, float* tile) {
    PortableKernels().multiply_turned(a, b, rows - 1, columns, tile);
  };
  bad[12].add_squared_norms = [](const float* a, std::size_t stride, std::size_t columns, std::size_t rows, double* out) {
    PortableKernels().add_squared_norms(a, stride, columns - 16, rows, out);
  };
  bad[13].add_tile = [](const float* tile, std::size_t rows, std::size_t columns, bool, double* sums, std::size_t stride) {
    PortableKernels().add_tile(tile, rows, columns, true, sums, stride);
  };
  bad[14].multiply = [](const RowProduct& p) {
    RowProduct other = p;
    other.relu = false;
    PortableKernels().multiply(other);
  };
  bad[15].scale_rows = [](float* panels, std::size_t stride, std::size_t columns, std::size_t rows, const float* weights) {
    PortableKernels().scale_rows(panels, stride, columns, rows - 1, weights);
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const auto checked = CheckKernels(bad[i]);
    ASSERT_FALSE(checked) << i;
    EXPECT_EQ(checked.error().code(), ErrorCode::kInternal);
    EXPECT_NE(checked.error().message().find("portable"), std::string::npos);
  }
}

TEST(Kernels, ClampScaleAndCentreInputs) {
  const float low[] = {0, -1}, high[] = {10, 1}, inverse[] = {0.1F, 0.5F}, centre[] = {0.25F, 0.75F};
  for (const VectorPath path : Paths()) {
    float out[2];
    const auto scale = [&](float a, float b) {
      const float raw[] = {a, b};
      KernelsFor(path).scale_input(raw, low, high, inverse, centre, 2, out);
    };
    scale(5, 0.5F);
    EXPECT_FLOAT_EQ(out[0], 0.25F);
    EXPECT_FLOAT_EQ(out[1], 0.0F);
    scale(-100, 100);
    EXPECT_FLOAT_EQ(out[0], -0.25F);
    EXPECT_FLOAT_EQ(out[1], 0.25F);
    scale(NAN, std::numeric_limits<float>::infinity());
    EXPECT_FLOAT_EQ(out[0], 0.0F);
    EXPECT_FLOAT_EQ(out[1], 0.25F);
  }
}

TEST(Kernels, GiveProbabilitiesOfAnyLogits) {
  for (const VectorPath path : Paths()) {
    for (const std::size_t columns : {1, 2, 16, 17, 33, 100}) {
      Panels logits(8, columns), soft(8, columns), sigmoid(8, columns);
      for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
          logits.Add(i, j, static_cast<float>(std::pow(10.0, static_cast<double>(i) - 3) * std::sin(static_cast<double>(j + i))));
        }
      }
      const Kernels& kernels = KernelsFor(path);
      kernels.softmax(logits.At(0, 0), logits.stride(), columns, 8, soft.At(0, 0));
      kernels.sigmoid(logits.At(0, 0), logits.stride(), columns, 8, sigmoid.At(0, 0));
      for (std::size_t i = 0; i < 8; ++i) {
        double largest = logits.Value(i, 0), total = 0;
        for (std::size_t j = 0; j < columns; ++j) largest = std::max<double>(largest, logits.Value(i, j));
        for (std::size_t j = 0; j < columns; ++j) total += std::exp(logits.Value(i, j) - largest);
        for (std::size_t j = 0; j < PanelsFor(columns) * kPanel; ++j) {
          const double logit = logits.Value(i, j);
          EXPECT_NEAR(soft.Value(i, j), j < columns ? std::exp(logit - largest) / total : 0, 5e-7);
          EXPECT_NEAR(sigmoid.Value(i, j), j < columns ? 1 / (1 + std::exp(-logit)) : 0, 5e-7);
        }
      }
    }
  }
}

TEST(Kernels, MeasureRowsMuchMoreFinelyThanTheClipMargin) {
  constexpr std::size_t kColumns = 5000;
  Panels panels(8, kColumns);
  std::vector<double> expected(8);
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      panels.Add(i, j, 1 + 0.01F * static_cast<float>((i * 7919 + j * 104729) % 1000));
      expected[i] += std::pow(static_cast<double>(panels.Value(i, j)), 2);
    }
  }
  for (const VectorPath path : Paths()) {
    std::vector<double> norms(8);
    KernelsFor(path).add_squared_norms(panels.At(0, 0), panels.stride(), kColumns, 8, norms.data());
    for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(norms[i] / expected[i], 1, 1e-6) << Name(path);
  }
}

TEST(Pool, DoesEachPartOnceWhateverThePartsAndThreads) {
  for (const int threads : {1, 2, 3, 8}) {
    Pool pool(threads);
    for (std::size_t job = 0; job < 2000; ++job) {
      std::vector<int> done(job % 37);
      pool.Run(done.size(), [&](std::size_t i) { ++done[i]; });
      ASSERT_EQ(std::accumulate(done.begin(), done.end(), 0), static_cast<int>(done.size()));
      ASSERT_TRUE(std::all_of(done.begin(), done.end(), [](int times) { return times == 1; }));
    }
  }
}

}  // namespace
}  // namespace cloister::training::internal
