#include "base/byte_reader.h"

namespace cloister {

Result<ByteSpan> ByteReader::Take(std::size_t count) {
  if (count > rest_.size()) {
    return Error(ErrorCode::kMalformed,
                 "need " + std::to_string(count) + " bytes, " + std::to_string(rest_.size()) + " left");
  }
  const ByteSpan taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

Result<void> ByteReader::Zero(std::size_t count, std::string_view what) {
  for (const std::uint8_t byte : TRY(Take(count))) {
    if (byte != 0) return Error(ErrorCode::kMalformed, std::string(what) + ": expected zero bytes, got others");
  }
  return {};
}

Result<void> ByteReader::Finish() const {
  if (rest_.empty()) return {};
  return Error(ErrorCode::kMalformed, std::to_string(rest_.size()) + " trailing bytes");
}

}  // namespace cloister
