// `cloister data`: sealing files, describing them for a contract, and opening what one was given.
#pragma once

#include <string>
#include <vector>

#include "commands/answer.h"

namespace cloister::commands {

struct DataSealOptions {
  std::vector<std::string> recipients;  // age1…
  std::string input;
  std::string output;
  std::string record;  // where the sealing record goes; empty: to standard output
};
Result<Answer> DataSeal(const DataSealOptions& options, Streams streams);

struct DataOpenOptions {
  std::string identity;           // an identity file
  std::string input;
  std::string output;
  std::string proof;              // empty: proof.json beside the input, if there
  std::string contract;           // one's own copy; needed with a proof
  std::string simulated_anchors;  // empty: only vendors' roots
  bool unattested = false;        // open a model although nothing shows which room made it
};
// Opens a plain age file; or a room's output, whose whole chain is verified before the identity is read (OpenOutput).
// kRefused: a model (*.safetensors.age) without a proof, unless that was said aloud. The plaintext is written 0600.
Result<Answer> DataOpen(const DataOpenOptions& options, Streams streams);

struct DataPipelineOptions {
  std::string input;  // pipeline/v1, laid out in any way
  std::string output;
};
// Checks a pipeline and its training plan, writes it canonically, which is what is sealed, and prints its SHA-256. A room
// finds a bad one only after keys were released, and may not say why.
Result<Answer> DataPipeline(const DataPipelineOptions& options, Streams streams);

struct DataDescribeOptions {
  std::string record;            // the sealing record
  std::string schema;            // {format, header, fields, rows}; empty: a pipeline
  std::string provider;          // party.json of whose broker holds the key
  std::string name;              // the table's name in SQL
  std::string owner;
  std::string url;
  std::string resource;          // repo/type/tag in the broker
  std::string principal_column;
  std::string account;
  std::string output;
};
// Writes one element of a contract's `datasets`.
Result<Answer> DataDescribe(const DataDescribeOptions& options, Streams streams);

}  // namespace cloister::commands
