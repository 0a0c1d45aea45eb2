// Made by Profiles/compile-in from Profiles/Workloads; a test compares them.
// swift-format-ignore-file

/// The workloads that are found without any file.
enum CompiledProfiles {
    /// Name and text of each, by name.
    static let all: [(name: String, text: String)] = [
        (
            "dance-128k",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "dance-128k",
              "description": "Dance Diffusion as published, eight seconds of stereo at 16 kHz.",
              "configuration": {
                "sample_size": 65536,
                "sample_rate": 16000,
                "in_channels": 2,
                "out_channels": 2,
                "extra_in_channels": 16,
                "time_embedding_type": "fourier",
                "flip_sin_to_cos": true,
                "use_timestep_embedding": false,
                "freq_shift": 0.0,
                "block_out_channels": [128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512, 512],
                "down_block_types": [
                  "DownBlock1DNoSkip", "DownBlock1D", "DownBlock1D", "DownBlock1D", "DownBlock1D", "DownBlock1D",
                  "DownBlock1D", "DownBlock1D", "AttnDownBlock1D", "AttnDownBlock1D", "AttnDownBlock1D", "AttnDownBlock1D",
                  "AttnDownBlock1D"
                ],
                "up_block_types": [
                  "AttnUpBlock1D", "AttnUpBlock1D", "AttnUpBlock1D", "AttnUpBlock1D", "AttnUpBlock1D", "UpBlock1D",
                  "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"
                ],
                "mid_block_type": "UNetMidBlock1D",
                "out_block_type": null,
                "act_fn": null,
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 1,
              "length": 131072,
              "timestep": 0.5,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "dance-64k",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "dance-64k",
              "description": "Dance Diffusion as published (221 million parameters, 13 levels), four seconds of stereo at 16 kHz.",
              "configuration": {
                "sample_size": 65536,
                "sample_rate": 16000,
                "in_channels": 2,
                "out_channels": 2,
                "extra_in_channels": 16,
                "time_embedding_type": "fourier",
                "flip_sin_to_cos": true,
                "use_timestep_embedding": false,
                "freq_shift": 0.0,
                "block_out_channels": [128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512, 512],
                "down_block_types": [
                  "DownBlock1DNoSkip", "DownBlock1D", "DownBlock1D", "DownBlock1D", "DownBlock1D", "DownBlock1D",
                  "DownBlock1D", "DownBlock1D", "AttnDownBlock1D", "AttnDownBlock1D", "AttnDownBlock1D", "AttnDownBlock1D",
                  "AttnDownBlock1D"
                ],
                "up_block_types": [
                  "AttnUpBlock1D", "AttnUpBlock1D", "AttnUpBlock1D", "AttnUpBlock1D", "AttnUpBlock1D", "UpBlock1D",
                  "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"
                ],
                "mid_block_type": "UNetMidBlock1D",
                "out_block_type": null,
                "act_fn": null,
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 1,
              "length": 65536,
              "timestep": 0.5,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "hopper-h128-b64",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "hopper-h128-b64",
              "description": "Diffuser planner for Hopper, horizon 128, 64 trajectories.",
              "configuration": {
                "sample_size": 65536,
                "in_channels": 14,
                "out_channels": 14,
                "extra_in_channels": 0,
                "time_embedding_type": "positional",
                "flip_sin_to_cos": false,
                "use_timestep_embedding": true,
                "freq_shift": 1,
                "block_out_channels": [32, 128, 256],
                "down_block_types": ["DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D"],
                "up_block_types": ["UpResnetBlock1D", "UpResnetBlock1D"],
                "mid_block_type": "MidResTemporalBlock1D",
                "out_block_type": "OutConv1DBlock",
                "act_fn": "mish",
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 64,
              "length": 128,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "hopper-h32-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "hopper-h32-b1",
              "description": "Diffuser planner for Hopper, horizon 32, one trajectory: the latency of a control loop.",
              "configuration": {
                "sample_size": 65536,
                "in_channels": 14,
                "out_channels": 14,
                "extra_in_channels": 0,
                "time_embedding_type": "positional",
                "flip_sin_to_cos": false,
                "use_timestep_embedding": true,
                "freq_shift": 1,
                "block_out_channels": [32, 64, 128, 256],
                "down_block_types": ["DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D"],
                "up_block_types": ["UpResnetBlock1D", "UpResnetBlock1D", "UpResnetBlock1D"],
                "mid_block_type": "MidResTemporalBlock1D",
                "out_block_type": "OutConv1DBlock",
                "act_fn": "mish",
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 1,
              "length": 32,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "hopper-h32-b64",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "hopper-h32-b64",
              "description": "Diffuser planner for Hopper, horizon 32, 64 trajectories.",
              "configuration": {
                "sample_size": 65536,
                "in_channels": 14,
                "out_channels": 14,
                "extra_in_channels": 0,
                "time_embedding_type": "positional",
                "flip_sin_to_cos": false,
                "use_timestep_embedding": true,
                "freq_shift": 1,
                "block_out_channels": [32, 64, 128, 256],
                "down_block_types": ["DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D"],
                "up_block_types": ["UpResnetBlock1D", "UpResnetBlock1D", "UpResnetBlock1D"],
                "mid_block_type": "MidResTemporalBlock1D",
                "out_block_type": "OutConv1DBlock",
                "act_fn": "mish",
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 64,
              "length": 32,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "policy-image-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "policy-image-b1",
              "description": "Diffusion Policy on camera images, horizon 16, one plan: the latency of a control loop.",
              "configuration": {
                "_class_name": "ConditionalUnet1D",
                "input_dim": 10,
                "local_cond_dim": null,
                "global_cond_dim": 274,
                "diffusion_step_embed_dim": 128,
                "down_dims": [512, 1024, 2048],
                "kernel_size": 5,
                "n_groups": 8,
                "cond_predict_scale": true
              },
              "batch": 1,
              "length": 16,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "policy-lerobot-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "policy-lerobot-b1",
              "description": "LeRobot's Diffusion Policy, horizon 64, one plan: the latency of a control loop.",
              "configuration": {
                "_class_name": "ConditionalUnet1D",
                "input_dim": 2,
                "local_cond_dim": null,
                "global_cond_dim": 132,
                "diffusion_step_embed_dim": 128,
                "down_dims": [512, 1024, 2048],
                "kernel_size": 5,
                "n_groups": 8,
                "cond_predict_scale": true
              },
              "batch": 1,
              "length": 64,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "policy-lowdim-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "policy-lowdim-b1",
              "description": "Diffusion Policy on states, horizon 16, one plan: the latency of a control loop.",
              "configuration": {
                "_class_name": "ConditionalUnet1D",
                "input_dim": 2,
                "local_cond_dim": null,
                "global_cond_dim": 40,
                "diffusion_step_embed_dim": 256,
                "down_dims": [256, 512, 1024],
                "kernel_size": 5,
                "n_groups": 8,
                "cond_predict_scale": true
              },
              "batch": 1,
              "length": 16,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "small-512-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "small-512-b1",
              "description": "Three-level Dance layout (0.71 million parameters), 512 samples: latency-bound.",
              "configuration": {
                "sample_size": 512,
                "sample_rate": 16000,
                "in_channels": 2,
                "out_channels": 2,
                "extra_in_channels": 16,
                "time_embedding_type": "fourier",
                "flip_sin_to_cos": true,
                "use_timestep_embedding": false,
                "freq_shift": 0.0,
                "block_out_channels": [32, 32, 64],
                "down_block_types": ["DownBlock1DNoSkip", "DownBlock1D", "AttnDownBlock1D"],
                "up_block_types": ["AttnUpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"],
                "mid_block_type": "UNetMidBlock1D",
                "out_block_type": null,
                "act_fn": null,
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 1,
              "length": 512,
              "timestep": 0.5,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "small-8192-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "small-8192-b1",
              "description": "Three-level Dance layout (0.71 million parameters), 8192 samples. The built-in default.",
              "configuration": {
                "sample_size": 512,
                "sample_rate": 16000,
                "in_channels": 2,
                "out_channels": 2,
                "extra_in_channels": 16,
                "time_embedding_type": "fourier",
                "flip_sin_to_cos": true,
                "use_timestep_embedding": false,
                "freq_shift": 0.0,
                "block_out_channels": [32, 32, 64],
                "down_block_types": ["DownBlock1DNoSkip", "DownBlock1D", "AttnDownBlock1D"],
                "up_block_types": ["AttnUpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"],
                "mid_block_type": "UNetMidBlock1D",
                "out_block_type": null,
                "act_fn": null,
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": false
              },
              "batch": 1,
              "length": 8192,
              "timestep": 0.5,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "value-h32-b1",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "value-h32-b1",
              "description": "Value function for Hopper, horizon 32, one trajectory.",
              "configuration": {
                "sample_size": 65536,
                "in_channels": 14,
                "out_channels": 14,
                "extra_in_channels": 0,
                "time_embedding_type": "positional",
                "flip_sin_to_cos": false,
                "use_timestep_embedding": true,
                "freq_shift": 1,
                "block_out_channels": [32, 64, 128, 256],
                "down_block_types": ["DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D"],
                "up_block_types": [],
                "mid_block_type": "ValueFunctionMidBlock1D",
                "out_block_type": "ValueFunction",
                "act_fn": "mish",
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": true
              },
              "batch": 1,
              "length": 32,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
        (
            "value-h32-b64",
            #"""
            {
              "schema": "unet1d-workload/1",
              "name": "value-h32-b64",
              "description": "Value function for Hopper, horizon 32, 64 trajectories.",
              "configuration": {
                "sample_size": 65536,
                "in_channels": 14,
                "out_channels": 14,
                "extra_in_channels": 0,
                "time_embedding_type": "positional",
                "flip_sin_to_cos": false,
                "use_timestep_embedding": true,
                "freq_shift": 1,
                "block_out_channels": [32, 64, 128, 256],
                "down_block_types": ["DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D", "DownResnetBlock1D"],
                "up_block_types": [],
                "mid_block_type": "ValueFunctionMidBlock1D",
                "out_block_type": "ValueFunction",
                "act_fn": "mish",
                "norm_num_groups": 8,
                "layers_per_block": 1,
                "downsample_each_block": true
              },
              "batch": 64,
              "length": 32,
              "timestep": 10,
              "seed": 20240203,
              "options": {}
            }

            """#
        ),
    ]
}
