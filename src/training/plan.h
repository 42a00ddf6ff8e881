// What is trained and how: the consumer's hyper-parameters, and what the contract allows.
#pragma once

#include <optional>

#include "base/cpu.h"
#include "formats/json.h"
#include "training/model.h"

namespace cloister::training {

enum class Schedule : std::uint8_t { kConstant = 1, kLinear = 2, kCosine = 3 };  // the last two fall to 0

// Member `training` of a pipeline (type `training-plan/v1`; README.md lists the members). Public: chosen without the data.
struct TrainingPlan {
  std::vector<std::uint32_t> hidden;   // widths of hidden layers; none: logistic regression
  std::uint32_t classes = 2;           // 2 to 10000; labels are 0 … classes-1
  Loss loss = Loss::kSigmoid;          // kSigmoid: only with 2 classes
  std::uint32_t steps = 0;             // 1 to 1000000
  std::uint32_t expected_batch = 0;    // persons; 0: everyone in each step ("all" in JSON)
  double clip = 0;                     // norm that one person's summed gradient is cut to
  double learning_rate = 0;
  Schedule schedule = Schedule::kConstant;
  double momentum = 0;                 // [0, 1)
  double averaging = 0;                // share of the last steps whose iterates are averaged, [0, 1]; 0: the last one is taken
  double bias_input = 1;               // constant input of biases, (0, 10]; a small one leaves more of the clip to the weights
  double centre = 0.25;                // of scaled columns whose typical value the contract doesn't state, [0, 1]
  bool validation_loss = false;        // release the loss too (accuracy then gets sqrt(2) times the noise)
  double loss_bound = 4;               // a row's validation loss is cut to [0, loss_bound], nats

  // kMalformed: a member missing, unknown, of another type or outside its range; values that contradict each other.
  static Result<TrainingPlan> FromJson(const formats::Json& json);
  formats::Json ToJson() const;
  // kUsage: as FromJson, for a plan made in code.
  Result<void> Check() const;

  ModelShape ShapeFor(std::size_t inputs) const;
  bool operator==(const TrainingPlan&) const = default;
};

// What contract and run request say. Nothing here is read off the data.
struct TrainingTerms {
  std::string contract;                    // digest of the contract, for the card
  double epsilon = 0;                      // of the whole run, validation included
  double delta = 0;                        // below 1 / train_persons
  std::uint64_t train_persons = 0;         // contracted number of persons to train on (rows × (1 - validation share))
  std::uint32_t max_rows_per_person = 1;
  int threads = 1;
  std::optional<VectorPath> path = std::nullopt;  // instructions to compute with; the fastest of this machine unless said
};

}  // namespace cloister::training
