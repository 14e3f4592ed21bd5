package dev.remora.reply;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.protocol.Errors;

/** What keeps replies from leaving and what mends it, in words for an operator. Immutable. */
final class Remedies {
    private static final String KEPT = "The replies are kept and sent again. ";

    private final ReplySettings settings;

    Remedies(ReplySettings settings) {
        this.settings = settings;
    }

    /** What is at the bottom of a failure that says no more than that something failed. */
    static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null
                && (root.getClass() == KafkaException.class
                        || root instanceof ExecutionException
                        || root instanceof CompletionException)) {
            root = root.getCause();
        }
        return root;
    }

    /** Of transactions that do not come about. */
    String transactions(Throwable failure) {
        Throwable root = root(failure);
        if (root instanceof TransactionalIdAuthorizationException) {
            return "Replies cannot leave: no right to transactions. " + KEPT
                    + Grant.transactionalIds(settings.endpoint() + "-", "WRITE", "DESCRIBE");
        }
        if (root instanceof GroupAuthorizationException) {
            return "Replies cannot leave: no right to commit the group's progress. " + KEPT
                    + Grant.group(settings.group(), "READ", "DESCRIBE");
        }
        if (root instanceof TopicAuthorizationException || says(root, Errors.TOPIC_AUTHORIZATION_FAILED)) {
            return "Replies cannot leave: no right to a topic that their transaction touches (" + root.getMessage()
                    + "). "
                    + KEPT + Grant.topic(settings.invocationsTopic(), "READ", "DESCRIBE") + "; "
                    + Grant.topic(settings.repliesTopic(), "WRITE", "DESCRIBE");
        }
        if (root instanceof AuthenticationException) {
            return credentials(root);
        }
        if (root instanceof ProducerFencedException || root instanceof InvalidProducerEpochException) {
            return "Another process, or the brokers, ended a transaction of ours: this instance stood still for so long that"
                    + " it was taken for dead, or another one runs under its name. " + KEPT
                    + "If it goes on, give each instance a remora.instance of its own.";
        }
        return "Replies cannot leave for now: their transaction did not come about (" + root.getMessage()
                + "). " + KEPT
                + "Check that the brokers are up, and that they are as many as transaction.state.log.replication.factor"
                + " asks for.";
    }

    /** Of replies to one topic. */
    String replies(String topic, Throwable failure) {
        if (failure instanceof AuthorizationException) {
            return "Replies cannot leave: no right to write to '" + topic + "'. " + KEPT
                    + "Where brokers ask for it, grant IDEMPOTENT_WRITE on the cluster too. "
                    + Grant.topic(topic, "WRITE", "DESCRIBE");
        }
        if (failure instanceof AuthenticationException) {
            return credentials(failure);
        }
        return "Replies to '" + topic + "' cannot leave for now (" + failure.getMessage() + "). " + KEPT
                + "Check that the brokers are up and the topic is there.";
    }

    /** Of brokers that say nothing. */
    static String silence() {
        return "Replies cannot leave: the brokers have not answered for some seconds. " + KEPT
                + "Check that the brokers are up.";
    }

    private static String credentials(Throwable failure) {
        return "Replies cannot leave: the brokers do not accept the credentials (" + failure.getMessage() + "). " + KEPT
                + "Check remora.kafka.sasl.* and remora.kafka.ssl.*.";
    }

    /** The producer makes some of what the brokers refuse into text. */
    private static boolean says(Throwable failure, Errors error) {
        return String.valueOf(failure.getMessage()).contains(error.message());
    }
}
