/**
 * The service eventbus.v1.PubSub as the vendor publishes it (names, numbers and types of Pub/Sub API version 1), in the
 * form that protobufjs reads.
 */

const one = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: 'repeated' as const });
const stream = { requestStream: true, responseStream: true };

export const PUB_SUB_SERVICE = 'eventbus.v1.PubSub';

export const PUB_SUB = {
  options: { syntax: 'proto3' },
  nested: {
    eventbus: {
      nested: {
        v1: {
          options: { syntax: 'proto3' },
          nested: {
            ErrorCode: { values: { UNKNOWN: 0, PUBLISH: 1, COMMIT: 2 } },
            ReplayPreset: { values: { LATEST: 0, EARLIEST: 1, CUSTOM: 2 } },
            TopicRequest: { fields: { topic_name: one(1, 'string') } },
            TopicInfo: {
              fields: {
                topic_name: one(1, 'string'),
                tenant_guid: one(2, 'string'),
                can_publish: one(3, 'bool'),
                can_subscribe: one(4, 'bool'),
                schema_id: one(5, 'string'),
                rpc_id: one(6, 'string'),
              },
            },
            SchemaRequest: { fields: { schema_id: one(1, 'string') } },
            SchemaInfo: {
              fields: { schema_json: one(1, 'string'), schema_id: one(2, 'string'), rpc_id: one(3, 'string') },
            },
            EventHeader: { fields: { key: one(1, 'string'), value: one(2, 'bytes') } },
            ProducerEvent: {
              fields: {
                id: one(1, 'string'),
                schema_id: one(2, 'string'),
                payload: one(3, 'bytes'),
                headers: many(4, 'EventHeader'),
              },
            },
            ConsumerEvent: { fields: { event: one(1, 'ProducerEvent'), replay_id: one(2, 'bytes') } },
            FetchRequest: {
              fields: {
                topic_name: one(1, 'string'),
                replay_preset: one(2, 'ReplayPreset'),
                replay_id: one(3, 'bytes'),
                num_requested: one(4, 'int32'),
                auth_refresh: one(5, 'string'),
              },
            },
            FetchResponse: {
              fields: {
                events: many(1, 'ConsumerEvent'),
                latest_replay_id: one(2, 'bytes'),
                rpc_id: one(3, 'string'),
                pending_num_requested: one(4, 'int32'),
              },
            },
            Error: { fields: { code: one(1, 'ErrorCode'), msg: one(2, 'string') } },
            PublishRequest: {
              fields: {
                topic_name: one(1, 'string'),
                events: many(2, 'ProducerEvent'),
                auth_refresh: one(3, 'string'),
              },
            },
            PublishResult: {
              fields: { replay_id: one(1, 'bytes'), error: one(2, 'Error'), correlation_key: one(3, 'string') },
            },
            PublishResponse: {
              fields: { results: many(1, 'PublishResult'), schema_id: one(2, 'string'), rpc_id: one(3, 'string') },
            },
            CommitReplayRequest: { fields: { commit_request_id: one(1, 'string'), replay_id: one(2, 'bytes') } },
            CommitReplayResponse: {
              fields: {
                commit_request_id: one(1, 'string'),
                replay_id: one(2, 'bytes'),
                error: one(3, 'Error'),
                process_time: one(4, 'int64'),
              },
            },
            ManagedFetchRequest: {
              fields: {
                subscription_id: one(1, 'string'),
                developer_name: one(2, 'string'),
                num_requested: one(3, 'int32'),
                auth_refresh: one(4, 'string'),
                commit_replay_id_request: one(5, 'CommitReplayRequest'),
              },
            },
            ManagedFetchResponse: {
              fields: {
                events: many(1, 'ConsumerEvent'),
                latest_replay_id: one(2, 'bytes'),
                rpc_id: one(3, 'string'),
                pending_num_requested: one(4, 'int32'),
                commit_response: one(5, 'CommitReplayResponse'),
              },
            },
            PubSub: {
              methods: {
                Subscribe: { requestType: 'FetchRequest', responseType: 'FetchResponse', ...stream },
                GetSchema: { requestType: 'SchemaRequest', responseType: 'SchemaInfo' },
                GetTopic: { requestType: 'TopicRequest', responseType: 'TopicInfo' },
                Publish: { requestType: 'PublishRequest', responseType: 'PublishResponse' },
                PublishStream: { requestType: 'PublishRequest', responseType: 'PublishResponse', ...stream },
                ManagedSubscribe: {
                  requestType: 'ManagedFetchRequest',
                  responseType: 'ManagedFetchResponse',
                  ...stream,
                },
              },
            },
          },
        },
      },
    },
  },
};
