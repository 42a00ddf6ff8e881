// What happens to the data, from opening to the trained model. None of it leaves by itself.
#pragma once

#include "room/broker_session.h"
#include "contract/pipeline.h"

namespace cloister::room {

// One input, decrypted in private memory.
struct OpenedDataset {
  const contract::Dataset* dataset;  // of the contract
  SecretBytes plaintext;
};

// The people who are left after SQL and cap, one row each in `features` (row-major, rows × columns). The columns are the
// SELECT's, without person and label, in its order.
struct PreparedData {
  std::vector<std::string> columns;
  SecretBytes features;              // rows × columns floats in the columns' own units
  SecretBytes labels;                // rows 32-bit classes
  std::vector<std::string> persons;  // person key of each row, rows of one person adjacent; wiped with the rest
  std::size_t rows() const { return persons.size(); }
  ~PreparedData();
  PreparedData() = default;
  PreparedData(PreparedData&&) = default;
  PreparedData& operator=(PreparedData&&) = default;
};

// Rows of the people for training and for validation; nobody is in both.
struct PeopleSplit {
  std::vector<std::size_t> training;
  std::vector<std::size_t> validation;
};

struct TrainedModel {
  Bytes safetensors;
  formats::Json card;
  std::vector<contract::Mechanism> mechanisms;
  double epsilon = 0;
  double delta = 0;
};

// All ciphertexts lie under `data` and are the ones that the contract names. Said before anything is reserved, so that a
// wrong file costs nobody's budget; what is decrypted later is hashed again. kMismatch, kNotFound, kIo.
Result<void> CheckCiphertexts(const contract::Contract& contract, const std::filesystem::path& data);

// Reads the ciphertext under `data` once, checks its digest and size against the contract and decrypts the same bytes.
Result<OpenedDataset> OpenDataset(const contract::Dataset& dataset, const std::filesystem::path& data,
                                  const contract::FileKey& key);

// The pipeline that the contract pins, out of its opened dataset.
Result<contract::Pipeline> ReadPipeline(const contract::Contract& contract, const std::vector<OpenedDataset>& opened);

// Before there is data: the SQL is what the contract permits, over its tables as it describes them, and gives the label. Returns
// the other columns' names in order. Errors speak of the pipeline alone: kMalformed, kUnsupported, kMismatch, kLimit.
Result<std::vector<std::string>> CheckPreparation(const contract::Contract& contract, const contract::Pipeline& pipeline);

// Before there is data: each of `columns` has bounds in the contract, and the plan is one that this run's spend can pay for.
// kMalformed, kUsage, kMismatch, kExhausted, kLimit.
Result<void> CheckTraining(const contract::Contract& contract, const contract::Pipeline& pipeline,
                           const contract::RunRequest& request, const std::vector<std::string>& columns);

// Loads permitted columns only, checks the SQL by its plan, runs it, and caps the rows of each person.
Result<PreparedData> Prepare(const contract::Contract& contract, const contract::Pipeline& pipeline,
                             const std::vector<OpenedDataset>& opened, crypto::RandomSource& random);

// By HMAC of the person key under a key made here and forgotten: the same person never stands on both sides.
PeopleSplit SplitPeople(const PreparedData& data, double validation, crypto::RandomSource& random);

// Trains under the contract's privacy terms; row counts come from the contract.
Result<TrainedModel> TrainModel(const contract::Contract& contract, const contract::Pipeline& pipeline,
                                const contract::RunRequest& request, const PreparedData& data, const PeopleSplit& split,
                                crypto::RandomSource& random);

}  // namespace cloister::room
