# Images of the static binary; "make image" builds it first. FROM scratch: there is
# nothing in them but replay.

FROM scratch AS replay
COPY bin/replay /replay
ENTRYPOINT ["/replay"]

# A Google Cloud Datastore emulator:
#   docker run --rm -p 8081:8081 replay-datastore
#   export DATASTORE_EMULATOR_HOST=127.0.0.1:8081
FROM scratch AS datastore
COPY bin/replay /replay
EXPOSE 8081
STOPSIGNAL SIGINT
ENTRYPOINT ["/replay", "emulator", "datastore", "--listen", "0.0.0.0:8081"]
