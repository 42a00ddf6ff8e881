#include "attester/nsm.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "formats/cbor.h"

namespace cloister::attester {
namespace {

using formats::Cbor;
using formats::CborForm;

struct NsmMessage {
  iovec request;
  iovec response;
};

constexpr unsigned long kNsmIoctl = _IOWR(0x0A, 0, NsmMessage);

// {"Error": code}, as the module words it, such as InvalidArgument.
Error RefusalOf(const Cbor& error) {
  const auto code = error.AsText();
  const bool plain = code && code->size() <= 64 && code->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
  return Error(ErrorCode::kRefused, "NSM: it refused" + (plain ? ": " + std::string(*code) : std::string()));
}

Result<void> CheckNonce(ByteSpan document, ByteSpan nonce) {
  const Cbor message = TRY(Cbor::Decode(document, CborForm::kAnyWellFormed));
  const Cbor* const parts = message.tag() ? TRY(message.AsTagged(18)) : &message;
  const auto& array = *TRY(parts->AsArrayOf(4));
  const Cbor payload = TRY(Cbor::Decode(TRY(array[2].AsBytes()), CborForm::kAnyWellFormed));
  if (Equal(TRY(payload.GetBytes("nonce")), nonce)) return {};
  return Error(ErrorCode::kMismatch, "it is over another nonce than ours");
}

}  // namespace

Result<Bytes> NsmFile::Exchange(ByteSpan request) {
  if (request.size() > kMaxNsmRequest) return Error(ErrorCode::kLimit, "NSM: a request has at most 4096 bytes");
  const int descriptor = open(path_.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) {
    return Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, path_.string() + ": " + std::strerror(errno));
  }
  Bytes sent = ToBytes(request);
  Bytes response(kMaxNsmResponse);
  NsmMessage message{.request = {sent.data(), sent.size()}, .response = {response.data(), response.size()}};
  const int result = ioctl(descriptor, kNsmIoctl, &message);
  const int number = errno;
  close(descriptor);
  if (result != 0) return Error(ErrorCode::kIo, path_.string() + ": " + std::strerror(number));
  if (message.response.iov_len > response.size()) return Error(ErrorCode::kLimit, "NSM: a response has at most 12288 bytes");
  response.resize(message.response.iov_len);
  return response;
}

Result<Bytes> CollectNitro(NsmDevice& device, ByteSpan nonce) {
  if (nonce.empty() || nonce.size() > kMaxNsmNonce) return Error(ErrorCode::kUsage, "NSM: expected a nonce of 1 to 512 bytes");
  const Cbor request = Cbor::Map{
      {"Attestation", Cbor::Map{{"nonce", nonce}, {"user_data", nullptr}, {"public_key", nullptr}}}};
  const Bytes raw = TRY(device.Exchange(request.Encode()));
  const Cbor response = TRY_WITH("NSM", Cbor::Decode(raw, CborForm::kAnyWellFormed, {.max_bytes = kMaxNsmResponse, .max_depth = 8}));
  if (const Cbor* error = response.Find("Error")) return RefusalOf(*error);
  const Cbor* const attestation = TRY_WITH("NSM", response.GetMap("Attestation"));
  Bytes document = ToBytes(TRY_WITH("NSM", attestation->GetBytes("document")));
  TRY_WITH("NSM document", CheckNonce(document, nonce));
  return document;
}

}  // namespace cloister::attester
