/**
 * What we use of the service eventbus.v1.PubSub (Salesforce Pub/Sub API, version 1), in the form that protobufjs reads: as
 * code it is there wherever the code is, with no file to find at run time. Names, numbers and types are the vendor's.
 */

const one = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: 'repeated' as const });

export const PUB_SUB_SERVICE = 'eventbus.v1.PubSub';

export const PUB_SUB = {
  options: { syntax: 'proto3' },
  nested: {
    eventbus: {
      nested: {
        v1: {
          options: { syntax: 'proto3' },
          nested: {
            ReplayPreset: { values: { LATEST: 0, EARLIEST: 1, CUSTOM: 2 } },
            SchemaRequest: { fields: { schema_id: one(1, 'string') } },
            SchemaInfo: {
              fields: { schema_json: one(1, 'string'), schema_id: one(2, 'string'), rpc_id: one(3, 'string') },
            },
            ProducerEvent: {
              fields: { id: one(1, 'string'), schema_id: one(2, 'string'), payload: one(3, 'bytes') },
            },
            ConsumerEvent: { fields: { event: one(1, 'ProducerEvent'), replay_id: one(2, 'bytes') } },
            FetchRequest: {
              fields: {
                topic_name: one(1, 'string'),
                replay_preset: one(2, 'ReplayPreset'),
                replay_id: one(3, 'bytes'),
                num_requested: one(4, 'int32'),
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
            PubSub: {
              methods: {
                Subscribe: {
                  requestType: 'FetchRequest',
                  responseType: 'FetchResponse',
                  requestStream: true,
                  responseStream: true,
                },
                GetSchema: { requestType: 'SchemaRequest', responseType: 'SchemaInfo' },
              },
            },
          },
        },
      },
    },
  },
};
