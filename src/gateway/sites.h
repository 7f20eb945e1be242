#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "gateway/site.h"

namespace sagebrush::gateway {

// Where a site is. A request belongs to it when all hold.
struct SiteAddress {
  std::string host;  // "console.example.com", "*.apps.example.com"; empty: any. Lower case.
  std::string path;  // What the path begins with, as sent: "/v2/". Not the name of a bucket, which owns its paths.
  std::function<bool(const wire::HttpRequest&)> also{};  // What else must hold of a request; empty: nothing.
};

// The sites of a port. What belongs to none of them is a request to an AWS API.
class Sites {
 public:
  // `site` outlives it. Of two that match a request the first one added answers.
  void Add(SiteAddress address, const Site& site) { places_.push_back({std::move(address), &site}); }
  // Null: none.
  const Site* Find(const wire::HttpRequest& request) const;

 private:
  struct Place {
    SiteAddress address;
    const Site* site;
  };
  std::vector<Place> places_;
};

// Asks a site; what it throws becomes the reply. Logs what is our own fault, under the request's id.
wire::HttpReply Visit(const Site& site, const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop,
                      const std::string& request_id);

}  // namespace sagebrush::gateway
