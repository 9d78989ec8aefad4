#include "record/footage/held_memory.h"

#include <algorithm>

namespace porchlight::record {

HeldMemory::Queue::Queue(HeldMemory& memory) : memory_(memory) {
    memory_.queues_.push_back(this);
}

HeldMemory::Queue::~Queue() {
    memory_.bytes_ -= bytes_;
    std::erase(memory_.queues_, this);
}

void HeldMemory::Queue::insert(std::size_t position, FragmentPtr fragment) {
    bytes_ += fragment->bytes.size();
    memory_.bytes_ += fragment->bytes.size();
    fragments_.insert(fragments_.begin() + static_cast<std::ptrdiff_t>(position), std::move(fragment));
}

FragmentPtr HeldMemory::Queue::takeFront() {
    FragmentPtr fragment = std::move(fragments_.front());
    fragments_.pop_front();
    bytes_ -= fragment->bytes.size();
    memory_.bytes_ -= fragment->bytes.size();
    return fragment;
}

void HeldMemory::Queue::dropGroup() {
    do {
        memory_.dropped_bytes_ += takeFront()->bytes.size();
        ++dropped_;
    } while (!fragments_.empty() && !fragments_.front()->starts_with_key);
}

void HeldMemory::limit() {
    while (bytes_ > max_bytes_) {
        const auto largest =
            std::max_element(queues_.begin(), queues_.end(),
                             [](const Queue* a, const Queue* b) { return a->bytes_ < b->bytes_; });
        (*largest)->dropGroup();
    }
}

}  // namespace porchlight::record
