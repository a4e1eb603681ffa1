package io.erlust.jobs.spec;

import io.erlust.json.Fields;
import io.erlust.json.InvalidField;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads an array of the ids of other jobs; an id that is there twice counts once. */
final class JobIds {
    static final int MAX = 100;

    private JobIds() {}

    static List<JobId> read(Fields object, String field, JobId self) {
        List<String> ids = object.strings(field);
        if (ids.size() > MAX) {
            throw new InvalidField(
                    object.at(field), "at most " + MAX + " ids of other jobs", ids.size() + " ids");
        }
        Set<JobId> jobs = new LinkedHashSet<>();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            String at = object.at(field) + "/" + i;
            if (!JobId.isValid(id)) {
                throw new InvalidField(at, "an id of " + JobId.RULE, '"' + id + '"');
            }
            if (id.equals(self.value())) {
                throw new InvalidField(at, "the id of another job", "this job's own id");
            }
            jobs.add(new JobId(id));
        }
        return new ArrayList<>(jobs);
    }
}
