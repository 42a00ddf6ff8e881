#include "room/work.h"
#include "sealed/age_file.h"

namespace cloister::room {

Result<void> CheckCiphertexts(const contract::Contract& contract, const std::filesystem::path& data) {
  for (const contract::Dataset& dataset : contract.datasets) {
    const auto file = sealed::DescribeFile(data / dataset.FileName());
    const bool readable = file || file.error().code() == ErrorCode::kMalformed;
    if (!readable) return file.error().With("dataset " + dataset.name);
    if (!file || file->file.sha256 != dataset.integrity.sha256 || file->file.size != dataset.integrity.size) {
      return Error(ErrorCode::kMismatch, "dataset " + dataset.name + ": expected the sealed file that the contract names, got other bytes");
    }
  }
  return {};
}

Result<OpenedDataset> OpenDataset(const contract::Dataset& dataset, const std::filesystem::path& data,
                                  const contract::FileKey& key) {
  const auto file_key = TRY(sealed::FileKey::FromBytes(SecretBytes::CopyOf(key.file_key.ExposeSecret())));
  const sealed::SealedFile expected{dataset.integrity.sha256, dataset.integrity.size};
  SecretBytes plaintext = TRY(sealed::OpenPrivately(data / dataset.FileName(), expected, file_key));
  return OpenedDataset{&dataset, std::move(plaintext)};
}

Result<contract::Pipeline> ReadPipeline(const contract::Contract& contract, const std::vector<OpenedDataset>& opened) {
  for (const OpenedDataset& input : opened) {
    if (input.dataset->id != contract.pipeline.dataset) continue;
    if (crypto::Sha256(input.plaintext.ExposeSecret()) != contract.pipeline.sha256) {
      return Error(ErrorCode::kMismatch, "pipeline: expected the one that the contract pins, got another");
    }
    return contract::Pipeline::FromCanonical(AsText(input.plaintext.ExposeSecret()));
  }
  return Error(ErrorCode::kMismatch, "pipeline: expected it among the contract's datasets");
}

}  // namespace cloister::room
