#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "select/query_process.h"
#include "wire/http.h"

namespace sagebrush::objects {

// What a query selects, as the events of SelectObjectContentEventStream
// (docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html). A failure is an event as well, the last one.
class SelectBody : public wire::BlockingBody {
 public:
  // `tells_progress`: the request wants Progress events.
  SelectBody(std::unique_ptr<select::QueryProcess> query, bool tells_progress)
      : query_(std::move(query)), tells_progress_(tells_progress) {}

  std::optional<std::uint64_t> Length() const override { return std::nullopt; }
  void Next(std::string& bytes) override;

 private:
  std::string EventOf(const select::Message& message);
  std::string End(const select::Message& message);

  std::unique_ptr<select::QueryProcess> query_;  // nullptr: it has ended.
  const bool tells_progress_;
  std::uint64_t returned_ = 0;
};

}  // namespace sagebrush::objects
