#include "contract/pipeline.h"

#include "contract/internal/fields.h"

namespace cloister::contract {

using namespace internal;

Result<Pipeline> Pipeline::FromJson(const Json& json) {
  TRY(CheckType(json, "pipeline/v1", {"type", "sql", "label", "person", "validation", "training"}));
  Pipeline pipeline{};
  pipeline.sql = TRY(GetText(json, "sql", 64 * 1024));
  pipeline.label = TRY(GetText(json, "label", 128));
  pipeline.person = TRY(GetText(json, "person", 128));
  pipeline.validation = TRY(GetFinite(json, "validation", 0, 0.5));
  pipeline.training = *TRY(json.GetObject("training"));
  return pipeline;
}

Result<Pipeline> Pipeline::FromCanonical(std::string_view text) {
  const Json json = TRY_WITH("pipeline", Json::Parse(text, {.max_bytes = 256 * 1024, .max_depth = 16}));
  Pipeline pipeline = TRY_WITH("pipeline", FromJson(json));
  const std::string again = TRY_WITH("pipeline", json.Canonical());
  if (again != text) return Error(ErrorCode::kMalformed, "pipeline: expected canonical JSON (RFC 8785)");
  return pipeline;
}

Json Pipeline::ToJson() const {
  return Json::Object{
      {"type", "pipeline/v1"}, {"sql", sql}, {"label", label}, {"person", person}, {"validation", Number(validation)},
      {"training", training}};
}

Digest Pipeline::digest() const {
  const Result<Digest> digest = CanonicalDigest(ToJson());
  CHECK(digest);  // `training` came from JSON that has a canonical form
  return *digest;
}

}  // namespace cloister::contract
