// The Nitro Secure Module of an AWS enclave: /dev/nsm, one ioctl for a CBOR request and its CBOR response.
#pragma once

#include <filesystem>

#include "base/bytes.h"

namespace cloister::attester {

inline constexpr std::size_t kMaxNsmRequest = 0x1000;
inline constexpr std::size_t kMaxNsmResponse = 0x3000;
inline constexpr std::size_t kMaxNsmNonce = 512;
inline constexpr std::string_view kNsmDevice = "/dev/nsm";

class NsmDevice {
 public:
  virtual ~NsmDevice() = default;
  // kNotFound: no such device; kLimit: over kMaxNsmRequest; kIo.
  virtual Result<Bytes> Exchange(ByteSpan request) = 0;
};

// The kernel's device.
class NsmFile final : public NsmDevice {
 public:
  explicit NsmFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<Bytes> Exchange(ByteSpan request) override;

 private:
  std::filesystem::path path_;
};

// An attestation document (COSE_Sign1) over `nonce`, 1 to 512 bytes, which it was seen to hold. kUsage; kRefused: the module
// says why not; kMismatch: another nonce; kMalformed; errors of the device.
Result<Bytes> CollectNitro(NsmDevice& device, ByteSpan nonce);

}  // namespace cloister::attester
