// Training plans that a consumer wrote, and models that somebody hands over: what was read is written the same.
#include "training/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  if (const auto json = formats::Json::Parse(AsText(input), {.max_bytes = 256 * 1024, .max_depth = 16})) {
    if (const auto plan = training::TrainingPlan::FromJson(*json)) {
      CHECK(plan->Check());
      CHECK(*training::TrainingPlan::FromJson(plan->ToJson()) == *plan);
    }
  }
  const auto model = training::Model::FromSafetensors(input);
  if (!model) return 0;
  const auto written = model->ToSafetensors();
  CHECK(written);
  CHECK(*training::Model::FromSafetensors(*written)->ToSafetensors() == *written);
  if (model->scaling().columns() > 1000 || model->parameters().size() > 10'000) return 0;
  const std::vector<float> row(model->scaling().columns(), 0.5F);
  CHECK(model->Predict({row.data(), 1, row.size()}));
  return 0;
}
