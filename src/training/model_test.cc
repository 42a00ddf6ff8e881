#include "training/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "formats/safetensors.h"

namespace cloister::training {
namespace {

InputScaling Scaling(std::size_t columns) {
  const std::vector<FeatureBounds> features(columns, FeatureBounds{"x", -2, 6, std::nullopt});
  auto scaling = InputScaling::Create(features, 0.25);
  CHECK(scaling);
  return *scaling;
}

Model MakeModel(std::vector<std::uint32_t> hidden, std::uint32_t outputs, Loss loss) {
  crypto::DeterministicRandom random(1);
  auto model = Model::Create({3, std::move(hidden), outputs, loss}, Scaling(3), random);
  CHECK(model);
  for (float& value : model->mutable_parameters()) value += 0.01F;
  return *std::move(model);
}

TEST(InputScaling, RefusesBoundsWithoutSense) {
  for (const FeatureBounds& bad : {FeatureBounds{"x", 1, 1, {}}, FeatureBounds{"x", 2, 1, {}}, FeatureBounds{"x", 0, 1, 2},
                                   FeatureBounds{"x", NAN, 1, {}}, FeatureBounds{"x", 0, INFINITY, {}},
                                   FeatureBounds{"x", 1e30, 1.00000001e30, {}}}) {
    EXPECT_FALSE(InputScaling::Create({&bad, 1}, 0.5));
  }
  EXPECT_FALSE(InputScaling::Create({}, 0.5));
  const FeatureBounds good{"x", 0, 1, {}};
  EXPECT_FALSE(InputScaling::Create({&good, 1}, -0.1));
  EXPECT_FALSE(InputScaling::Create({&good, 1}, NAN));
}

TEST(Model, RefusesShapesWithoutSense) {
  crypto::DeterministicRandom random(1);
  for (const ModelShape& bad : {ModelShape{3, {}, 2, Loss::kSigmoid}, ModelShape{3, {}, 1, Loss::kSoftmax},
                                ModelShape{4, {}, 1, Loss::kSigmoid}, ModelShape{3, {0}, 1, Loss::kSigmoid},
                                ModelShape{3, {1u << 31}, 1, Loss::kSigmoid}, ModelShape{3, {20'000, 20'000}, 1, Loss::kSigmoid}}) {
    EXPECT_FALSE(Model::Create(bad, Scaling(3), random));
  }
}

TEST(Model, ReadsBackWhatItWrote) {
  for (const Model& model : {MakeModel({}, 1, Loss::kSigmoid), MakeModel({5, 4}, 3, Loss::kSoftmax)}) {
    const auto file = model.ToSafetensors();
    ASSERT_TRUE(file);
    const auto again = Model::FromSafetensors(*file);
    ASSERT_TRUE(again) << again.error().ToText();
    EXPECT_EQ(again->shape(), model.shape());
    const std::vector<float> rows = {0, 1, 2, 5, -1, 3};
    const auto a = model.Predict({rows.data(), 2, 3});
    const auto b = again->Predict({rows.data(), 2, 3});
    ASSERT_TRUE(a && b);
    EXPECT_EQ(*a, *b);
    const auto bytes = again->ToSafetensors();
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*bytes, *file);
    EXPECT_FALSE(model.Predict({rows.data(), 3, 2}));
  }
}

TEST(Model, FileHoldsTheNamedTensorsAndNoOther) {
  const auto file = MakeModel({5}, 1, Loss::kSigmoid).ToSafetensors();
  ASSERT_TRUE(file);
  const auto read = formats::ReadSafetensors(*file);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tensors.size(), 7U);
  for (const char* name : {"input.low", "input.high", "input.centre", "layers.0.weight", "layers.0.bias", "layers.1.weight",
                           "layers.1.bias"}) {
    EXPECT_NE(read->Find(name), nullptr) << name;
  }
  EXPECT_EQ(read->Find("layers.0.weight")->shape, (std::vector<std::uint64_t>{5, 3}));
}

TEST(Model, RefusesFilesWithMissingSuperfluousOrUnfitTensors) {
  const auto file = MakeModel({5}, 1, Loss::kSigmoid).ToSafetensors();
  ASSERT_TRUE(file);
  const auto read = formats::ReadSafetensors(*file);
  ASSERT_TRUE(read);
  const auto refuses = [](const std::vector<formats::Tensor>& tensors, const std::map<std::string, std::string>& metadata) {
    const auto bytes = formats::WriteSafetensors(tensors, metadata);
    return bytes && !Model::FromSafetensors(*bytes);
  };
  EXPECT_FALSE(refuses(read->tensors, read->metadata));
  for (std::size_t i = 0; i < read->tensors.size(); ++i) {
    auto without = read->tensors;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(refuses(without, read->metadata)) << read->tensors[i].name;
    auto unfit = read->tensors;
    const std::vector<float> nothing(unfit[i].data.size() / 4, NAN);
    unfit[i].data = formats::TensorData(nothing);
    EXPECT_TRUE(refuses(unfit, read->metadata)) << read->tensors[i].name;
  }
  auto more = read->tensors;
  more.push_back(more[0]);
  more.back().name = "layers.9.extra";
  EXPECT_TRUE(refuses(more, read->metadata));
  EXPECT_TRUE(refuses(read->tensors, {{"format", "cloister-model/v2"}, {"loss", "sigmoid"}}));
  EXPECT_TRUE(refuses(read->tensors, {{"format", "cloister-model/v1"}, {"loss", "softmax"}}));
  EXPECT_TRUE(refuses(read->tensors, {}));
}

}  // namespace
}  // namespace cloister::training
