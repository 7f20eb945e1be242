#pragma once

#include <string>

#include "objects/object_reader.h"
#include "wire/http.h"

namespace sagebrush::objects {

// A range of an encrypted object on its way to a client. Of what is damaged nothing is sent.
class ObjectBody : public wire::BlockingBody {
 public:
  // Reads the first piece, and throws as ObjectReader::Next: there is still time to tell the client.
  ObjectBody(OpenedObject opened, ByteRange range) : length_(range.length), reader_(std::move(opened), range) {
    reader_.Next(first_);
  }

  std::optional<std::uint64_t> Length() const override { return length_; }
  void Next(std::string& bytes) override {
    if (first_.empty()) return reader_.Next(bytes);
    bytes.swap(first_);
    first_.clear();
  }

 private:
  const std::uint64_t length_;
  ObjectReader reader_;
  std::string first_;
};

}  // namespace sagebrush::objects
