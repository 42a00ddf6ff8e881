// JSON form of the training card.
#include "training/train.h"

namespace cloister::training {
namespace {

using formats::Json;

Json FeaturesJson(const TrainingCard& card) {
  Json::Array list;
  for (const FeatureBounds& feature : card.features) {
    const double typical = feature.typical.value_or(feature.low + card.plan.centre * (feature.high - feature.low));
    list.push_back(Json::Object{{"name", feature.name}, {"low", feature.low}, {"high", feature.high}, {"centre", typical}});
  }
  return list;
}

Json ValidationJson(const TrainingCard& card) {
  if (!card.validation) return nullptr;
  const ValidationMetrics& metrics = *card.validation;
  const privacy::MechanismEvent release{privacy::MechanismKind::kSubsampledGaussian, metrics.sigma, 1, 1};
  Json out = Json::Object{{"mechanisms", privacy::CompositionToJson({&release, 1})},
                          {"noise_standard_deviation", metrics.noise},
                          {"accuracy", metrics.accuracy},
                          {"accuracy_standard_deviation", metrics.accuracy_deviation},
                          {"persons", "disjoint from those trained on; each pays no more than they do"}};
  if (metrics.loss) {
    out.Set("loss", *metrics.loss);
    out.Set("loss_bound", card.plan.loss_bound);
  }
  return out;
}

}  // namespace

Json TrainingCard::ToJson() const {
  const privacy::MechanismEvent& event = privacy.mechanisms[0];
  Json spent = Json::Object{{"epsilon", privacy.epsilon},
                            {"delta", privacy.delta},
                            {"accountant", "prv"},
                            {"epsilon_error", privacy.settings.epsilon_error},
                            {"delta_error", privacy.settings.delta_error},
                            {"unit", "person"},
                            {"neighbours", "add-or-remove-one"},
                            {"max_rows_per_person", max_rows_per_person},
                            {"mechanisms", privacy::CompositionToJson(privacy.mechanisms)}};
  return Json::Object{{"type", "training-card/v1"},
                      {"contract", contract},
                      {"plan", plan.ToJson()},
                      {"sampler", "poisson"},
                      {"noise", "gaussian, rounded to 2^-12 standard deviations"},
                      {"sigma", event.sigma},
                      {"q", event.q},
                      {"steps", event.steps},
                      {"clip", plan.clip},
                      {"expected_batch", expected_batch},
                      {"train_persons", train_persons},
                      {"parameters", parameters},
                      {"instructions", std::string(Name(path))},
                      {"features", FeaturesJson(*this)},
                      {"privacy", std::move(spent)},
                      {"validation", ValidationJson(*this)}};
}

}  // namespace cloister::training
