package dev.remora.it.guarantee;

import java.util.List;

/** All that is known of one request, for the engineer who looks for what became of it. */
final class Story {
    private Story() {}

    static String of(String requestId, Evidence evidence) {
        List<Place> places = evidence.requested().getOrDefault(requestId, List.of());
        StringBuilder story = new StringBuilder("request " + requestId + " in the log at " + places);
        for (Place place : places) {
            story.append(", partition ")
                    .append(place.partition())
                    .append(" is committed up to ")
                    .append(evidence.committed().get(place.partition()));
        }
        List<Sighting> replies = evidence.replies().of(requestId);
        if (replies.isEmpty()) {
            story.append(", no reply");
        }
        replies.forEach(reply -> story.append("\n    ").append(reply));
        return story.toString();
    }
}
